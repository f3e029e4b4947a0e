module nimbus.example/platform

go 1.22

require (
	logs.example/slate v1.4.0
	plugins.example/accelplug v1.3.0
)

require drivers.example/acceldrv v0.9.2 // indirect
