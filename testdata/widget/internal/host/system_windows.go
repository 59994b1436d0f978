package host

import "example.com/winreg"

// System names the operating system and its edition, as the registry knows it.
func System() string {
	name, err := winreg.LocalMachine(`SOFTWARE\Microsoft\Windows NT\CurrentVersion`, "ProductName")
	if err != nil {
		return "Windows"
	}
	return name
}
