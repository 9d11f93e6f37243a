//! The answer as bytes: one write.

use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::process::Stdio;

use crate::harness::Site;

/// A datagram socket keeps writes apart. Half an answer is what lighttpd shows to a visitor.
#[test]
fn an_answer_is_one_write() {
    let site = Site::new();
    for program in [
        site.program("login"),
        site.program("login").json(),
        site.program("protected").method("POST"),
    ] {
        let (ours, theirs) = UnixDatagram::pair().unwrap();
        let mut command = program.command();
        command.stdin(Stdio::null()).stderr(Stdio::null());
        let status = command.stdout(OwnedFd::from(theirs)).status().unwrap();
        drop(command);
        ours.set_nonblocking(true).unwrap();
        let mut datagram = vec![0; 1 << 16];
        let length = ours.recv(&mut datagram).unwrap();

        assert!(status.success());
        let head_end = datagram[..length]
            .windows(4)
            .position(|four| four == b"\r\n\r\n");
        assert!(head_end.unwrap() + 4 < length, "the body is in it");
        assert_eq!(
            ours.recv(&mut datagram).unwrap_or(0),
            0,
            "and nothing follows"
        );
    }
}
