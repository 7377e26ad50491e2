//go:build !linux

package scripts

// yieldToOthers does nothing where niceness belongs to the whole process.
func yieldToOthers() {}
