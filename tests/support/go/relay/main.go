// A TCP relay that makes a network longer and never narrower.
//
//	relay -to HOST:PORT -one-way 2.5ms
//
// What arrives is passed on when its time has come, however much is under way meanwhile: there is no bound on that, as
// if both ends had windows large enough for the line. It prints "port N" and relays until it is killed.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"sync"
	"syscall"
	"time"
)

const pieceSize = 256 << 10

type piece struct {
	due   time.Time
	bytes []byte
	whole []byte // goes back to the pool
}

// line holds what is under way in one direction, in order.
type line struct {
	mutex  sync.Mutex
	filled *sync.Cond
	pieces []piece
	ended  bool
}

var pool = sync.Pool{New: func() any { return make([]byte, pieceSize) }}

func newLine() *line {
	l := &line{}
	l.filled = sync.NewCond(&l.mutex)
	return l
}

func (l *line) put(p piece) {
	l.mutex.Lock()
	l.pieces = append(l.pieces, p)
	l.mutex.Unlock()
	l.filled.Signal()
}

func (l *line) end() {
	l.mutex.Lock()
	l.ended = true
	l.mutex.Unlock()
	l.filled.Signal()
}

// take waits for the next pieces; none means that the line has ended.
func (l *line) take() []piece {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	for len(l.pieces) == 0 && !l.ended {
		l.filled.Wait()
	}
	taken := l.pieces
	l.pieces = nil
	return taken
}

// sleepUntil asks the kernel itself: time.Sleep may come a millisecond late, which is much of a short delay.
// A signal of Go's own may end it too soon, so it asks until the time has come.
func sleepUntil(due time.Time) {
	for left := time.Until(due); left > 0; left = time.Until(due) {
		wait := syscall.NsecToTimespec(left.Nanoseconds())
		syscall.Nanosleep(&wait, nil)
	}
}

func pump(to, from *net.TCPConn, delay time.Duration) {
	l := newLine()
	go func() {
		for {
			whole := pool.Get().([]byte)
			count, err := from.Read(whole)
			if count > 0 {
				l.put(piece{time.Now().Add(delay), whole[:count], whole})
			}
			if err != nil {
				if err != io.EOF {
					log.Print(err)
				}
				l.end()
				return
			}
		}
	}()
	for {
		pieces := l.take()
		if pieces == nil {
			break
		}
		for _, p := range pieces {
			sleepUntil(p.due)
			if _, err := to.Write(p.bytes); err != nil {
				from.Close()
				to.Close()
				return
			}
			pool.Put(p.whole)
		}
	}
	time.Sleep(delay) // the end of a connection travels as well
	to.CloseWrite()
}

func serve(near *net.TCPConn, to string, delay time.Duration) {
	connection, err := net.Dial("tcp", to)
	if err != nil {
		log.Print(err)
		near.Close()
		return
	}
	far := connection.(*net.TCPConn)
	var both sync.WaitGroup
	both.Add(2)
	go func() { defer both.Done(); pump(far, near, delay) }()
	go func() { defer both.Done(); pump(near, far, delay) }()
	both.Wait()
	near.Close()
	far.Close()
}

func main() {
	to := flag.String("to", "", "where the connections go")
	delay := flag.Duration("one-way", 0, "how long each byte is under way, in each direction")
	flag.Parse()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("port %d\n", listener.Addr().(*net.TCPAddr).Port)
	for {
		near, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go serve(near.(*net.TCPConn), *to, *delay)
	}
}
