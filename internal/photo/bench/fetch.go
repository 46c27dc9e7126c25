package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// source is a package with pictures.
type source struct {
	kind     string // what its pictures are, as the report names them
	registry string // debian or npm
	name     string
	under    string // the part of the package's path that leads to the pictures
	most     int    // take at most this many, evenly
}

// sources are the packages. Faces are photographs of people that web templates
// ship as example users; paintings are half-length figures of fantasy on no
// background; avatars are what desktops offer as a person's picture.
var sources = []source{
	{"face", "npm", "@tabler/preview@1.2.0", "static/avatars/", 150},
	{"face", "npm", "tabler-ui@0.0.34", "src/demo/faces/", 72},
	{"painting", "debian", "wesnoth-1.16-data", "core/images/portraits/", 140},
	{"avatar", "debian", "gnome-control-center-data", "pixmaps/faces/", 40},
	{"avatar", "debian", "plasma-workspace-data", "plasma/avatars/photos/", 40},
	{"avatar", "debian", "cinnamon-common", "cinnamon/faces/", 30},
	{"avatar", "debian", "pokerth-data", "avatars/default/people/", 25},
	{"photograph", "debian", "mate-backgrounds", "backgrounds/mate/nature/", 12},
	{"photograph", "debian", "endless-sky-data", "images/scene/", 17},
	{"photograph", "debian", "python3-skimage", "skimage/data/", 20},
	{"photograph", "debian", "tuxpaint-stamps-default", "stamps/animals/", 40},
}

// picture is one file of a source.
type picture struct {
	source
	path string
}

// fetch downloads and unpacks the packages and lists their pictures, in an
// order that is the same every time.
func fetch(ctx context.Context, dir string) ([]picture, error) {
	var all []picture
	for _, s := range sources {
		at := filepath.Join(dir, "packages", strings.NewReplacer("/", "-", "@", "-").Replace(s.name))
		if _, err := os.Stat(at); err != nil {
			fmt.Fprintln(os.Stderr, "fetching", s.name)
			if err := s.unpack(ctx, at); err != nil {
				return nil, err
			}
		}
		files, err := s.pictures(at)
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			all = append(all, picture{s, f})
		}
	}
	return all, nil
}

func (s source) unpack(ctx context.Context, at string) error {
	tmp := at + ".part"
	if err := os.RemoveAll(tmp); err != nil {
		return err
	}
	if err := os.MkdirAll(tmp, 0o755); err != nil {
		return err
	}
	script := `apt-get download -q "$1" && dpkg-deb -x ./*.deb . && rm ./*.deb`
	if s.registry == "npm" {
		script = `npm pack --silent "$1" && tar xzf ./*.tgz && rm ./*.tgz`
	}
	c := exec.CommandContext(ctx, "sh", "-c", script, "sh", s.name)
	c.Dir, c.Stderr = tmp, os.Stderr
	if err := c.Run(); err != nil {
		return fmt.Errorf("%s package %s: %w", s.registry, s.name, err)
	}
	return os.Rename(tmp, at)
}

func (s source) pictures(at string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(at, func(path string, e os.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() || !strings.Contains(filepath.ToSlash(path), s.under) {
			return err
		}
		switch strings.ToLower(filepath.Ext(path)) {
		case ".jpg", ".jpeg", ".png":
			files = append(files, path)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("package %s has no pictures under %s", s.name, s.under)
	}
	slices.Sort(files)
	if len(files) > s.most {
		some := make([]string, s.most)
		for i := range some {
			some[i] = files[i*len(files)/s.most]
		}
		files = some
	}
	return files, nil
}
