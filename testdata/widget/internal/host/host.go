// Package host tells what the program runs on. Each of its functions is written once per
// platform, in every way that Go knows to choose a file.
package host
