package terminal

import (
	"fmt"
	"net"

	"golang.org/x/sys/unix"
)

// uidOf is the user id of the process at the other end, as the kernel wrote it down when it connected.
func uidOf(c *net.UnixConn) (uint32, error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return 0, fmt.Errorf("asking who connected: %w", err)
	}
	var cred *unix.Ucred
	var asked error
	err = raw.Control(func(fd uintptr) { cred, asked = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) })
	if err == nil {
		err = asked
	}
	if err != nil {
		return 0, fmt.Errorf("asking who connected: %w", err)
	}
	return cred.Uid, nil
}
