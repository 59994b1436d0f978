package winreg

import (
	"errors"
	"syscall"
	"unsafe"
)

// ErrNotText tells that a value is there and holds no string.
var ErrNotText = errors.New("winreg: the value is not a string")

// LocalMachine reads a string value below HKEY_LOCAL_MACHINE, at most 1023 UTF-16 units long.
func LocalMachine(key, value string) (string, error) {
	name, err := syscall.UTF16PtrFromString(key)
	if err != nil {
		return "", err
	}
	var handle syscall.Handle
	if err := syscall.RegOpenKeyEx(syscall.HKEY_LOCAL_MACHINE, name, 0, syscall.KEY_READ, &handle); err != nil {
		return "", err
	}
	defer syscall.RegCloseKey(handle)

	item, err := syscall.UTF16PtrFromString(value)
	if err != nil {
		return "", err
	}
	var kind uint32
	var text [1024]uint16
	size := uint32(len(text)-1) * 2
	if err := syscall.RegQueryValueEx(handle, item, nil, &kind, (*byte)(unsafe.Pointer(&text[0])), &size); err != nil {
		return "", err
	}
	if kind != syscall.REG_SZ {
		return "", ErrNotText
	}
	return syscall.UTF16ToString(text[:]), nil
}
