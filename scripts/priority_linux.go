package scripts

import (
	"runtime"
	"syscall"
)

// yieldToOthers gives the calling goroutine a thread of low priority to itself: on Linux niceness belongs to a thread,
// setpriority(2). The thread ends with the goroutine.
func yieldToOthers() {
	runtime.LockOSThread()
	_ = syscall.Setpriority(syscall.PRIO_PROCESS, 0, 10)
}
