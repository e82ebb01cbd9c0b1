package main

import (
	"archive/tar"
	"archive/zip"
	"cmp"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// file is a file of an archive.
type file struct {
	name string
	mode os.FileMode
	data []byte
}

// release builds everything into the output folder, which is made.
func (s *settings) release(ctx context.Context) error {
	if err := os.Mkdir(s.out, 0o755); err != nil {
		return fmt.Errorf("a release goes into a new folder: %w", err)
	}
	var sums []string
	for _, t := range s.targets {
		name, err := s.archive(ctx, t)
		if err != nil {
			return err
		}
		data, err := os.ReadFile(filepath.Join(s.out, name))
		if err != nil {
			return err
		}
		sums = append(sums, fmt.Sprintf("%x  %s\n", sha256.Sum256(data), name))
	}
	return s.writeSums(sums)
}

// writeSums writes the checksums in the form that sha256sum --check takes.
func (s *settings) writeSums(sums []string) error {
	out, err := os.Create(filepath.Join(s.out, "SHA256SUMS"))
	if err != nil {
		return err
	}
	for _, line := range sums {
		if _, err := io.WriteString(out, line); err != nil {
			return fmt.Errorf("writing the checksums: %w", err)
		}
	}
	return out.Close()
}

// archive builds for one platform, and gives the name of the archive.
func (s *settings) archive(ctx context.Context, t target) (string, error) {
	files, err := s.files(ctx, t)
	if err != nil {
		return "", err
	}
	base := "licensectl_" + s.version + "_" + t.name()
	name, pack := base+".tar.gz", tarGz
	if t.os == "windows" {
		name, pack = base+".zip", zipped
	}
	out, err := os.Create(filepath.Join(s.out, name))
	if err != nil {
		return "", err
	}
	if err := pack(out, files, s.modTime); err != nil {
		return "", fmt.Errorf("writing %s: %w", name, err)
	}
	return name, out.Close()
}

// files are what goes into an archive, sorted by name. The project's own
// licence is among them if there is one.
func (s *settings) files(ctx context.Context, t target) ([]file, error) {
	version, err := toolchain()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "release")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	built := filepath.Join(dir, t.program())
	if err := t.build(ctx, version, s.version, built); err != nil {
		return nil, err
	}
	terms, err := notices(ctx, t)
	if err != nil {
		return nil, err
	}
	files := []file{{"THIRD_PARTY_NOTICES.txt", 0o644, terms}}
	for path, mode := range map[string]os.FileMode{built: 0o755, "README.md": 0o644, "LICENSE": 0o644} {
		data, err := os.ReadFile(path)
		if os.IsNotExist(err) && path == "LICENSE" {
			continue
		}
		if err != nil {
			return nil, err
		}
		files = append(files, file{filepath.Base(path), mode, data})
	}
	slices.SortFunc(files, func(a, b file) int { return cmp.Compare(a.name, b.name) })
	return files, nil
}

// tarGz packs files for systems that know modes. Nothing of the machine, its
// users or its clock is in the archive.
func tarGz(w io.Writer, files []file, modTime time.Time) error {
	zw, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return err
	}
	tw := tar.NewWriter(zw)
	for _, f := range files {
		header := &tar.Header{Typeflag: tar.TypeReg, Name: f.name, Mode: int64(f.mode), Size: int64(len(f.data)), ModTime: modTime, Format: tar.FormatUSTAR}
		if err := tw.WriteHeader(header); err != nil {
			return err
		}
		if _, err := tw.Write(f.data); err != nil {
			return err
		}
	}
	if err := tw.Close(); err != nil {
		return err
	}
	return zw.Close()
}

// zipped packs files for Windows.
func zipped(w io.Writer, files []file, modTime time.Time) error {
	zw := zip.NewWriter(w)
	for _, f := range files {
		header := &zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: modTime}
		header.SetMode(f.mode)
		part, err := zw.CreateHeader(header)
		if err != nil {
			return err
		}
		if _, err := part.Write(f.data); err != nil {
			return err
		}
	}
	return zw.Close()
}
