//! Load over HTTP/1.1 or gRPC on one core: `echo '{"protocol": "http", "port": 8080, …}' | load-tool` prints one JSON document.
//!
//! With `rate` it is an open loop: requests leave when they are due, whether or not the earlier ones were answered, on as many
//! connections as that takes, and latency counts from when a request was due. Without it, each connection (and each of its
//! streams) asks again as soon as it was answered.
mod grpc;
mod http1;
mod tally;

use serde::Deserialize;
use std::{collections::BTreeMap, rc::Rc, time::Duration};
use tokio::time::Instant;

#[derive(Deserialize)]
pub struct Settings {
    /// `http` or `grpc`.
    protocol: String,
    port: u16,
    /// Asked in turn.
    paths: Vec<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// The body as text, or the message of gRPC in hexadecimal.
    body: String,
    seconds: f64,
    /// Connections of a closed loop; the most that an open loop opens.
    connections: usize,
    /// Calls at the same time on one gRPC connection.
    #[serde(default = "one")]
    streams: usize,
    /// Connections that an open loop has from the start; more come as they are needed.
    #[serde(default)]
    warm: usize,
    /// Requests a second of an open loop.
    rate: Option<f64>,
    /// When a client gives up and closes its connection.
    #[serde(default = "patience")]
    timeout_ms: u64,
    /// Every good answer has to be exactly this one.
    expect: Option<String>,
}

fn one() -> usize {
    1
}

fn patience() -> u64 {
    10_000
}

/// What all tasks share.
pub struct Run {
    settings: Settings,
    end: Instant,
    timeout: Duration,
    tally: tally::Tally,
}

fn main() {
    let settings: Settings = serde_json::from_reader(std::io::stdin()).expect("settings as JSON");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("runtime");
    let tasks = tokio::task::LocalSet::new();
    runtime.block_on(tasks.run_until(async move {
        let timeout = Duration::from_millis(settings.timeout_ms);
        let end = Instant::now() + Duration::from_secs_f64(settings.seconds);
        let run = Rc::new(Run {
            settings,
            end,
            timeout,
            tally: Default::default(),
        });
        match (run.settings.protocol.as_str(), run.settings.rate) {
            ("grpc", None) => grpc::closed(&run).await,
            ("http", None) => http1::closed(&run).await,
            ("http", Some(rate)) => http1::open(&run, rate).await,
            _ => panic!("gRPC has no open loop here"),
        }
        println!("{}", run.tally.summary(run.settings.seconds));
    }));
}
