// Command mysql8_login is a server that lets clients in as MySQL 8 does, by caching_sha2_password, and
// hands their statements to another server.
//
//	mysql8_login -user U -password P -certificate FILE -key FILE -socket FILE -socket-user U
//
// It prints the port it listens on, and then a line for each login that needed the password itself.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"flag"
	"fmt"
	"log"
	"net"

	"github.com/go-mysql-org/go-mysql/client"
	"github.com/go-mysql-org/go-mysql/mysql"
	"github.com/go-mysql-org/go-mysql/server"
)

// accounts has one. The library keeps a full login in mind unless its own provider is used.
type accounts struct {
	user, password string
}

func (a accounts) CheckUsername(user string) (bool, error) {
	return user == a.user, nil
}

func (a accounts) GetCredential(user string) (string, bool, error) {
	fmt.Println("full login of", user)
	return a.password, user == a.user, nil
}

// session runs the statements of one client.
type session struct {
	server.EmptyHandler
	backend *client.Conn
}

func (s session) UseDB(name string) error {
	return s.backend.UseDB(name)
}

func (s session) HandleQuery(query string) (*mysql.Result, error) {
	return s.backend.Execute(query)
}

func serve(connection net.Conn, conf *server.Server, who accounts, socket, socketUser string) {
	defer connection.Close()
	backend, err := client.Connect(socket, socketUser, "", "")
	if err != nil {
		log.Print(err)
		return
	}
	defer backend.Close()
	if err := backend.SetCharset("utf8mb4"); err != nil {
		log.Print(err)
		return
	}
	conn, err := server.NewCustomizedConn(connection, conf, who, session{backend: backend})
	for err == nil {
		err = conn.HandleCommand()
	}
	log.Print(err)
}

func publicKey(certificate tls.Certificate) []byte {
	leaf, err := x509.ParseCertificate(certificate.Certificate[0])
	if err != nil {
		log.Fatal(err)
	}
	key, err := x509.MarshalPKIXPublicKey(leaf.PublicKey)
	if err != nil {
		log.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: key})
}

func main() {
	user := flag.String("user", "", "who may log in")
	password := flag.String("password", "", "")
	certificateFile := flag.String("certificate", "", "with an RSA key")
	keyFile := flag.String("key", "", "")
	socket := flag.String("socket", "", "of the server behind")
	socketUser := flag.String("socket-user", "root", "")
	flag.Parse()
	certificate, err := tls.LoadX509KeyPair(*certificateFile, *keyFile)
	if err != nil {
		log.Fatal(err)
	}
	conf := server.NewServer("8.0.36", mysql.DEFAULT_COLLATION_ID, mysql.AUTH_CACHING_SHA2_PASSWORD,
		publicKey(certificate), &tls.Config{Certificates: []tls.Certificate{certificate}})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("port", listener.Addr().(*net.TCPAddr).Port)
	for {
		connection, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go serve(connection, conf, accounts{*user, *password}, *socket, *socketUser)
	}
}
