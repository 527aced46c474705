package connector

import (
	"syscall"
	"unsafe"
)

// hostID reads MachineGuid, which Windows makes once at installation, from
// HKLM\SOFTWARE\Microsoft\Cryptography.
func hostID() string {
	sub, err := syscall.UTF16PtrFromString(`SOFTWARE\Microsoft\Cryptography`)
	if err != nil {
		return ""
	}
	name, err := syscall.UTF16PtrFromString("MachineGuid")
	if err != nil {
		return ""
	}
	const wow64Key64 = 0x0100 // KEY_WOW64_64KEY: the value exists in the 64-bit view only
	var key syscall.Handle
	if syscall.RegOpenKeyEx(syscall.HKEY_LOCAL_MACHINE, sub, 0, syscall.KEY_READ|wow64Key64, &key) != nil {
		return ""
	}
	defer syscall.RegCloseKey(key)
	var buf [128]uint16
	var typ uint32
	n := uint32(len(buf) * 2)
	if syscall.RegQueryValueEx(key, name, nil, &typ, (*byte)(unsafe.Pointer(&buf[0])), &n) != nil || typ != syscall.REG_SZ {
		return ""
	}
	return syscall.UTF16ToString(buf[:])
}
