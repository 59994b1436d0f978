package host

import "syscall/js"

// System names the JavaScript host.
func System() string {
	if process := js.Global().Get("process"); process.Truthy() {
		return "Node.js " + process.Get("version").String()
	}
	return "a browser"
}
