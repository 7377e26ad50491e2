package proof

import (
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	Inside()
	os.Exit(m.Run())
}
