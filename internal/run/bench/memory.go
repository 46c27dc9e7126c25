package main

import (
	"fmt"

	"photosync/internal/lab"
)

// memory measures the resident memory of scans: of people without photos, whom
// the index holds, and of photos by their size.
func (b *bench) memory() error {
	fmt.Print("| people on both sides | photos | seconds | resident, at its highest | bound: 60 MB + 250 bytes a person |\n|---|---|---|---|---|\n")
	sizes := []int{10_000, 100_000, 300_000}
	if b.people > 0 {
		sizes = []int{b.people}
	}
	for _, n := range sizes {
		if err := b.resident(n, "none", lab.Crowd(n, 0)); err != nil {
			return err
		}
	}
	for _, kb := range []int{5, 50, 100} {
		n := b.size(2000)
		company := lab.Crowd(n, 1)
		for i := range company.People {
			company.People[i].Photo = padded(company.People[i].Photo, kb<<10)
		}
		for i := range company.CloudUsers {
			company.CloudUsers[i].Photo = padded(company.CloudUsers[i].Photo, kb*10<<10)
		}
		if err := b.resident(n, fmt.Sprintf("everybody: %d KB on-premises, %d KB in the cloud", kb, 10*kb), company); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) resident(n int, photos string, c *lab.Company) error {
	w, err := b.world(c)
	if err != nil {
		return err
	}
	defer func() { _ = w.Close() }()
	o, err := w.photosync(fmt.Sprintf("memory-%d-%d", n, len(photos)), "drift")
	if err != nil {
		return err
	}
	fmt.Printf("| %d | %s | %.1f | %.1f MB | %.1f MB |\n", n, photos, o.Took.Seconds(), float64(o.Resident)/1e6, 60+float64(n)*250/1e6)
	return nil
}

// padded gives a JPEG of at least size bytes: comments fill it.
func padded(jpeg []byte, size int) []byte {
	out := append([]byte{}, jpeg[:2]...)
	for missing := size - len(jpeg); missing > 4; missing -= 60_000 {
		n := min(missing, 60_000)
		out = append(out, 0xff, 0xfe, byte(n>>8), byte(n))
		out = append(out, make([]byte, n-2)...)
	}
	return append(out, jpeg[2:]...)
}
