// Command servers is the part of a Sigstore that has no program of its own which fits a test: a certificate
// transparency log ("servers ct") and a timestamp authority ("servers tsa"), around the libraries of TesseraCT
// and timestamp-authority; and a registry of images in memory ("servers registry"). Upstream's timestamp server always listens on port 2112 for its metrics, and
// upstream's log keeps a database for repeated entries. "servers hold" runs any other program for as long as
// its own standard input is open: however a test run ends, the system closes that.
package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/sigstore/timestamp-authority/v2/pkg/server"
	"github.com/spf13/viper"
	"github.com/transparency-dev/tessera"
	files "github.com/transparency-dev/tessera/storage/posix"
	"github.com/transparency-dev/tesseract"
	"github.com/transparency-dev/tesseract/storage"
	issuers "github.com/transparency-dev/tesseract/storage/posix"
	"golang.org/x/mod/sumdb/note"
)

// Sigstore's own policy for timestamps.
const policy = "1.3.6.1.4.1.57264.2"

func main() {
	if len(os.Args) < 2 {
		log.Fatal("usage: servers ct|tsa|registry FLAGS, or servers hold COMMAND")
	}
	if os.Args[1] == "hold" {
		os.Exit(hold(os.Args[2:]))
	}
	flags := flag.NewFlagSet(os.Args[1], flag.ExitOnError)
	address := flags.String("host", "127.0.0.1", "where to listen")
	port := flags.Int("port", 0, "port to listen on")
	key := flags.String("key", "", "private key in PEM: SEC 1 for ct, PKCS#8 for tsa")
	chain := flags.String("chain", "", "certificates in PEM: the roots for ct, leaf to root for tsa")
	folder := flags.String("folder", "", "where ct keeps its tiles")
	if err := flags.Parse(os.Args[2:]); err != nil {
		log.Fatal(err)
	}
	var err error
	switch os.Args[1] {
	case "ct":
		err = transparency(fmt.Sprintf("%s:%d", *address, *port), *key, *chain, *folder)
	case "tsa":
		err = timestamps(*address, *port, *key, *chain)
	case "registry":
		err = images(fmt.Sprintf("%s:%d", *address, *port))
	default:
		err = fmt.Errorf("no such server: %s", os.Args[1])
	}
	if err != nil {
		log.Fatal(err)
	}
}

// images serves a registry with the referrers API.
func images(address string) error {
	quiet := registry.Logger(log.New(io.Discard, "", 0))
	server := &http.Server{
		Addr:              address,
		Handler:           registry.New(registry.WithReferrersSupport(true), quiet),
		ReadHeaderTimeout: 10 * time.Second,
	}
	return server.ListenAndServe()
}

// hold runs a command and ends it when standard input does.
func hold(command []string) int {
	if len(command) == 0 {
		log.Fatal("hold: no command")
	}
	held := exec.Command(command[0], command[1:]...)
	held.Stdout, held.Stderr = os.Stdout, os.Stderr
	if err := held.Start(); err != nil {
		log.Fatal(err)
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = held.Process.Kill()
	}()
	_ = held.Wait()
	return held.ProcessState.ExitCode()
}

// timestamps serves until SIGTERM, which the library handles itself.
func timestamps(address string, port int, key, chain string) error {
	for name, value := range map[string]any{
		"timestamp-signer":       "file",
		"timestamp-signer-hash":  "sha256",
		"file-signer-key-path":   key,
		"file-signer-passwd":     "",
		"certificate-chain-path": chain,
		"default-policy-oid":     policy,
		"accepted-policy-oids":   []string{policy},
		// The library checks these two even where they were never set by a command line.
		"enforce-intermediate-eku": true,
		"max-request-body-size":    uint64(1 << 20),
	} {
		viper.Set(name, value)
	}
	api := server.NewRestAPIServer(address, port, []string{"http"}, false, time.Minute, time.Minute)
	api.CleanupTimeout = time.Second
	return api.Serve()
}

// transparency serves until SIGTERM or SIGINT. Its antispam is in memory: a log lives as long as one test run.
func transparency(address, key, roots, folder string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	signer, err := ecKey(key)
	if err != nil {
		return err
	}
	open := func(ctx context.Context, checkpoints note.Signer) (*storage.CTStorage, error) {
		driver, err := files.New(ctx, files.Config{Path: folder})
		if err != nil {
			return nil, err
		}
		options := tessera.NewAppendOptions().
			WithCTLayout().
			WithCheckpointSigner(checkpoints).
			WithCheckpointInterval(100*time.Millisecond).
			WithBatching(64, 10*time.Millisecond).
			WithAntispam(1024, nil)
		appender, _, reader, err := tessera.NewAppender(ctx, driver, options)
		if err != nil {
			return nil, err
		}
		chains, err := issuers.NewIssuerStorage(ctx, folder)
		if err != nil {
			return nil, err
		}
		return storage.NewCTStorage(ctx, &storage.CTStorageOptions{
			Appender:            appender,
			Reader:              reader,
			IssuerStorage:       chains,
			AwaiterPollInterval: 50 * time.Millisecond,
		})
	}
	validation := tesseract.ChainValidationConfig{RootsPEMFile: roots, ExtKeyUsages: "CodeSigning"}
	limits := tesseract.LogHandlerOpts{DedupRL: -1, MaxCertChainBytes: 1 << 19}
	handler, err := tesseract.NewLogHandler(ctx, "localhost", signer, validation, open, 10*time.Second, false, "", limits)
	if err != nil {
		return err
	}
	web := &http.Server{Addr: address, Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	go func() {
		<-ctx.Done()
		_ = web.Close()
	}()
	if err := web.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func ecKey(file string) (*ecdsa.PrivateKey, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%s: no PEM", file)
	}
	return x509.ParseECPrivateKey(block.Bytes)
}
