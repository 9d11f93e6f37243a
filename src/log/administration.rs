//! What only an administrator's programs do with a log.

use std::io;
use std::os::unix::net::UnixDatagram;

use rustix::fs::{Access, OFlags};

use super::{Log, SYSLOG, Sink, append, fits};

impl Log {
    /// The same log for an administrator, who may be root while the web server owns the file's folder. The file must
    /// exist and must not be a symbolic link, so that root neither creates a file nor writes to another file of the
    /// web server's choice.
    #[must_use]
    pub fn for_administrator(self) -> Self {
        Self {
            how: OFlags::NOFOLLOW,
            ..self
        }
    }

    /// Checks that the sink can be written, without creating or writing anything.
    ///
    /// # Errors
    /// If it cannot: events would go to stderr.
    pub fn check(&self) -> io::Result<()> {
        match &self.sink {
            Sink::Stderr => Ok(()),
            Sink::Syslog => UnixDatagram::unbound()?.connect(SYSLOG),
            Sink::File(path) if path.exists() => append(path, OFlags::empty()).and_then(fits),
            Sink::File(path) => {
                let folder = path.parent().unwrap_or(path);
                Ok(rustix::fs::access(
                    folder,
                    Access::WRITE_OK | Access::EXEC_OK,
                )?)
            }
        }
    }
}
