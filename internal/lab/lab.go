package lab

import (
	"errors"
	"fmt"
	"time"
)

// Lab is a running directory and a running Microsoft Graph.
type Lab struct {
	directory *Directory
	graph     *Graph
}

// Start starts both servers on 127.0.0.1 with ports that are free. The company
// is copied: what happens in the lab does not change it.
func Start(c *Company, opts ...Option) (*Lab, error) {
	s := settings{now: time.Now, pageSize: directoryPageSize, serverNames: defaultServerNames}
	for _, o := range opts {
		o(&s)
	}
	ca, err := newAuthority()
	if err != nil {
		return nil, fmt.Errorf("start the lab: %w", err)
	}
	directory, err := startDirectory(c, s, ca)
	if err != nil {
		return nil, fmt.Errorf("start the lab's directory: %w", err)
	}
	graph, err := startGraph(c, s, ca)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start the lab's Graph: %w", err), directory.close())
	}
	return &Lab{directory: directory, graph: graph}, nil
}

// Close stops both servers, cuts their connections and waits for their
// goroutines. It may be called more than once.
func (l *Lab) Close() error { return errors.Join(l.directory.close(), l.graph.close()) }

// Directory gives the on-premises side.
func (l *Lab) Directory() *Directory { return l.directory }

// Graph gives the cloud side.
func (l *Lab) Graph() *Graph { return l.graph }
