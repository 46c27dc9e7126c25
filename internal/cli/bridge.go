package cli

import (
	"os"

	urfave "github.com/urfave/cli/v2"

	"photosync/bridge"
	"photosync/internal/serve"
)

func (c *command) bridge() *urfave.Command {
	return &urfave.Command{
		Name:  "bridge",
		Usage: "answer a host, such as the PowerShell module, on standard input and output",
		Description: `Speaks the protocol of docs/bridge-protocol.md: JSON lines on standard input
and output. It is for programs; people use the other commands.`,
		Flags: []urfave.Flag{
			&urfave.IntFlag{Name: "protocol", Usage: "version of the protocol that the host speaks", Required: true},
		},
		Action: func(u *urfave.Context) error {
			c.started = true
			if asked := u.Int("protocol"); asked != bridge.ProtocolVersion {
				c.exit = int(serve.Refuse(u.Context, asked, c.std.In, c.std.Out))
				return nil
			}
			c.exit = int(serve.Serve(u.Context, c.std.In, c.std.Out, os.Getenv))
			return nil
		},
	}
}
