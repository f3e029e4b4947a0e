// A checksum database on the loopback interface: golang.org/x/mod's own server, and ways to lie.
//
// Reads {"name": ..., "records": {"path version": "lines of go.sum"}} from standard input, prints
// {"key": ..., "url": ...}. GET /control/MODE changes what it answers from then on.
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb"
	"golang.org/x/mod/sumdb/note"
)

type stream struct{ state [32]byte }

func (s *stream) Read(p []byte) (int, error) {
	for i := range p {
		s.state = sha256.Sum256(s.state[:])
		p[i] = s.state[0]
	}
	return len(p), nil
}

var _ io.Reader = (*stream)(nil)

type database struct {
	mu       sync.Mutex
	mode     string
	old      []byte
	stranger string
	honest   http.Handler
	other    http.Handler
}

func (d *database) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if mode, ok := strings.CutPrefix(r.URL.Path, "/control/"); ok {
		if mode == "remember" {
			d.old = ask(d.honest, "/latest")
		} else {
			d.mode = mode
		}
		return
	}
	handler, path := d.honest, r.URL.Path
	if d.mode == "other" {
		handler = d.other
	}
	if d.mode == "swap" && strings.HasPrefix(path, "/lookup/") {
		path = "/lookup/example.com/m0@v1.0.0"
	}
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequest("GET", path, nil))
	body := answer.Body.Bytes()
	if answer.Code == 200 {
		body = d.lie(path, body)
	}
	w.WriteHeader(answer.Code)
	w.Write(body)
}

func (d *database) lie(path string, body []byte) []byte {
	lookup := strings.HasPrefix(path, "/lookup/")
	switch {
	case d.mode == "tile" && strings.HasPrefix(path, "/tile/"):
		body = bytes.Clone(body)
		body[len(body)/2] ^= 1
	case d.mode == "short" && strings.HasPrefix(path, "/tile/"):
		body = body[:len(body)-1]
	case d.mode == "record" && lookup:
		body = bytes.Replace(body, []byte("h1:"), []byte("h1:A"), 1)
	case d.mode == "number" && lookup:
		body = append([]byte("9999"), body...)
	case d.mode == "unsigned" && lookup:
		body = body[:bytes.LastIndex(body, []byte("\u2014"))]
	case d.mode == "forged" && lookup:
		at := bytes.LastIndexByte(body, ' ') + 20
		body = bytes.Clone(body)
		body[at] = 'A' + (body[at]-'A'+1)%26
	case d.mode == "stranger" && lookup:
		at := bytes.Index(body, []byte("go.sum database tree"))
		text := body[at : bytes.LastIndex(body, []byte("\n\n"))+1]
		signer, err := note.NewSigner(d.stranger)
		if err != nil {
			panic(err)
		}
		signed, err := note.Sign(&note.Note{Text: string(text)}, signer)
		if err != nil {
			panic(err)
		}
		body = append(bytes.Clone(body[:at]), signed...)
	case d.mode == "rollback" && lookup:
		at := bytes.Index(body, []byte("go.sum database tree"))
		body = append(bytes.Clone(body[:at]), d.old...)
	}
	return body
}

func ask(handler http.Handler, path string) []byte {
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequest("GET", path, nil))
	return answer.Body.Bytes()
}

func main() {
	var config struct {
		Name    string
		Records map[string]string
	}
	if err := json.NewDecoder(os.Stdin).Decode(&config); err != nil {
		panic(err)
	}
	random := &stream{}
	signer, verifier, err := note.GenerateKey(random, config.Name)
	if err != nil {
		panic(err)
	}
	stranger, _, err := note.GenerateKey(random, config.Name)
	if err != nil {
		panic(err)
	}
	gosum := func(path, version string) ([]byte, error) {
		lines, ok := config.Records[path+" "+version]
		if !ok {
			return nil, os.ErrNotExist
		}
		return []byte(lines), nil
	}
	one, two := sumdb.NewTestServer(signer, gosum), sumdb.NewTestServer(signer, gosum)
	for n := range 600 {
		for number, server := range []*sumdb.TestServer{one, two} {
			path := fmt.Sprintf("example.com/filler%d/of%d", n, number)
			config.Records[path+" v1.0.0"] = path + " v1.0.0 h1:x=\n" + path + " v1.0.0/go.mod h1:y=\n"
			if _, err := server.Lookup(context.Background(), module.Version{Path: path, Version: "v1.0.0"}); err != nil {
				panic(err)
			}
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	json.NewEncoder(os.Stdout).Encode(map[string]string{"key": verifier, "url": "http://" + listener.Addr().String()})
	served := &database{stranger: stranger, honest: sumdb.NewServer(one), other: sumdb.NewServer(two)}
	panic(http.Serve(listener, served))
}
