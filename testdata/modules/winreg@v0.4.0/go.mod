module example.com/winreg

go 1.21
