//! `cgi-session serve`: the development server, as `php -S` is PHP's.
//!
//! It runs the real executables as CGI/1.1 programs, one process a request, and keeps what they need
//! in one folder. It is for trying and developing; visitors belong on Apache or lighttpd.

mod answer;
mod build;
mod cgi;
mod data;
mod http;
mod limits;
mod passphrase;
mod programs;
mod request;

use std::env;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Semaphore;

use self::programs::Programs;
use crate::command_error::CommandError;
use crate::print::{complain, print};

/// Programs that run at the same time; further requests wait for their turn.
const MAX_PROCESSES: usize = 32;

/// Said if other machines can reach the server.
const IN_THE_CLEAR: &str = "cgi-session: this is plain HTTP, open to the network: passwords cross it in the clear, and \
    whoever listens can read them; leave --listen out, or deploy behind a web server with TLS\n";

/// The development server, for a clone: makes what it needs, prints address and password, answers until Ctrl-C
///
/// It runs the executables beside its own file, which `cargo build` makes.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Where to listen; port 0 takes any free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080", value_parser = address)]
    listen: SocketAddr,
    /// The folder of configuration, store and password; made where it is missing
    #[arg(long, value_name = "DIR", default_value = "var")]
    data: PathBuf,
    /// A folder of your own: each executable in it answers at /cgi-bin/NAME
    #[arg(long, value_name = "DIR")]
    cgi_bin: Option<PathBuf>,
}

/// What every request needs to know.
struct Site {
    /// The executables.
    programs: Programs,
    /// The configuration that the programs read.
    config: PathBuf,
    /// A permit for each of [`MAX_PROCESSES`].
    turns: Arc<Semaphore>,
}

/// Serves until SIGINT or SIGTERM.
///
/// Uses the file `config` as it is, or else the one of the data folder, which is made if it is missing.
///
/// # Errors
/// If the address is taken, the executables are missing, or the data folder cannot be made.
pub fn serve(options: &Options, config: Option<PathBuf>) -> Result<(), CommandError> {
    let listener = listen(options.listen)?;
    let cgi_bin = options.cgi_bin.as_deref().map(programs::cgi_bin);
    let cgi_bin = cgi_bin.transpose()?;
    let programs = Programs {
        cgi_bin,
        ..build::programs()?
    };
    let data = match config {
        Some(config) => data::given(&config)?,
        None => data::folder(&options.data)?,
    };
    let site = Site {
        programs,
        config: data.config,
        turns: Arc::new(Semaphore::new(MAX_PROCESSES)),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(CommandError::system("start the server"))?;
    runtime.block_on(answer_until_signal(listener, site, data.login.as_deref()))
}

/// Reads an address and a port.
fn address(text: &str) -> Result<SocketAddr, String> {
    let cure = "must be an IP address and a port, as in 127.0.0.1:8081";
    text.parse().map_err(|_| cure.to_owned())
}

/// Binds the port before anything is built or made, so that a port in use costs nobody a minute.
fn listen(address: SocketAddr) -> Result<TcpListener, CommandError> {
    let refused = |error| {
        let program = if env::var_os("CARGO").is_some() {
            "cargo run --"
        } else {
            "cgi-session"
        };
        let port = if address.port() == 8081 { 8082 } else { 8081 };
        CommandError::Refused(format!(
            "cannot listen on {address}: {error}; take another port: {program} serve --listen 127.0.0.1:{port}"
        ))
    };
    let listener = TcpListener::bind(address).map_err(refused)?;
    listener.set_nonblocking(true).map_err(refused)?;
    Ok(listener)
}

/// The programs still running are killed with the runtime, by `kill_on_drop`.
async fn answer_until_signal(
    listener: TcpListener,
    site: Site,
    login: Option<&str>,
) -> Result<(), CommandError> {
    let signals = signal(SignalKind::interrupt())
        .and_then(|interrupt| Ok((interrupt, signal(SignalKind::terminate())?)));
    let (mut interrupt, mut terminate) =
        signals.map_err(CommandError::system("watch for signals"))?;
    let listener = tokio::net::TcpListener::from_std(listener);
    let listener = listener.map_err(CommandError::system("listen"))?;
    let address = listener
        .local_addr()
        .map_err(CommandError::system("listen"))?;

    if !address.ip().to_canonical().is_loopback() {
        complain(IN_THE_CLEAR);
    }
    announce(address, login)?;
    tokio::select! {
        () = http::accept(listener, Arc::new(site)) => {}
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}

/// Prints what people read and scripts parse: the page's address, and whom to sign in as.
fn announce(address: SocketAddr, login: Option<&str>) -> Result<(), CommandError> {
    let mut text = format!("cgi-session serve\n  page    http://{address}/cgi-bin/protected\n");
    if let Some(login) = login {
        text.push_str("  login   ");
        text.push_str(login);
        text.push('\n');
    }
    print(&text)
}
