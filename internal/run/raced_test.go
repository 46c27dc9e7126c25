//go:build race && linux

package run_test

func init() { raced = true }
