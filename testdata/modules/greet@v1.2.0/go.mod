module example.com/greet

go 1.21

require example.com/plural v0.3.1
