module example.com/acme/widget

go 1.24

require (
	example.com/assert v1.0.1
	example.com/codec v1.1.0
	example.com/greet v1.2.0
	example.com/winreg v0.4.0
)

require example.com/plural v0.3.1 // indirect

// Upstream loses names that hold a comma; the fork does not.
replace example.com/codec => example.com/ours/codec v1.1.1
