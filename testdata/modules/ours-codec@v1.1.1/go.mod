module example.com/ours/codec

go 1.21
