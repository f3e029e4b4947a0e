// A module mirror on the loopback interface: github.com/goproxy/goproxy.
//
//	mirror FOLDER UPSTREAM [SUMDB]
//
// FOLDER is its store, UPSTREAM the GOPROXY that it asks, SUMDB a checksum database that it stands
// for. It prints its URL.
package main

import (
	"fmt"
	"net"
	"net/http"
	"os"

	"github.com/goproxy/goproxy"
)

func main() {
	environ := append(os.Environ(), "GOPROXY="+os.Args[2], "GONOSUMDB=*", "GOFLAGS=-modcacherw")
	mirror := &goproxy.Goproxy{
		Fetcher:       &goproxy.GoFetcher{Env: environ, TempDir: os.TempDir()},
		Cacher:        goproxy.DirCacher(os.Args[1]),
		ProxiedSumDBs: os.Args[3:],
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Printf("http://%s\n", listener.Addr())
	panic(http.Serve(listener, mirror))
}
