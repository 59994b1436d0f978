// Package winreg reads strings from the Windows registry.
// On other systems it has no functions.
package winreg
