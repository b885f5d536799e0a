//! Unary gRPC calls, several at a time on each connection.
use crate::{tally::add, Run};
use bytes::Bytes;
use h2::client::SendRequest;
use http::{HeaderMap, Request};
use std::{error::Error, rc::Rc};
use tokio::{
    net::TcpStream,
    task::spawn_local,
    time::{timeout, Instant},
};

/// What most clients of gRPC give a connection; the default of HTTP/2 is 64 KiB.
const WINDOW: u32 = 4 << 20;

fn message_of(run: &Run) -> Bytes {
    let hex = run.settings.body.as_bytes();
    let message: Vec<u8> = hex
        .chunks(2)
        .map(|two| u8::from_str_radix(std::str::from_utf8(two).expect("hex"), 16).expect("hex"))
        .collect();
    let mut framed = vec![0];
    framed.extend((message.len() as u32).to_be_bytes());
    framed.extend(message);
    framed.into()
}

fn request_of(run: &Run) -> Request<()> {
    let mut request = Request::post(format!("http://127.0.0.1:{}{}", run.settings.port, run.settings.paths[0]))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .header("user-agent", "load-tool");
    for (name, value) in &run.settings.headers {
        request = request.header(name, value);
    }
    request.body(()).expect("request")
}

/// The status of the call.
async fn call(client: SendRequest<Bytes>, request: Request<()>, message: Bytes) -> Result<u16, Box<dyn Error>> {
    let (answer, mut body) = client.ready().await?.send_request(request, false)?;
    body.send_data(message, true)?;
    let answer = answer.await?;
    if let Some(status) = status_in(answer.headers()) {
        return Ok(status);
    }
    let mut stream = answer.into_body();
    while let Some(data) = stream.data().await {
        stream.flow_control().release_capacity(data?.len())?;
    }
    let trailers = stream.trailers().await?;
    trailers.as_ref().and_then(status_in).ok_or_else(|| "no grpc-status".into())
}

fn status_in(headers: &HeaderMap) -> Option<u16> {
    headers.get("grpc-status")?.to_str().ok()?.parse().ok()
}

pub async fn closed(run: &Rc<Run>) {
    let mut tasks = Vec::new();
    for _ in 0..run.settings.connections {
        let tcp = TcpStream::connect(("127.0.0.1", run.settings.port)).await.expect("connection");
        tcp.set_nodelay(true).expect("nodelay");
        let (client, connection) = h2::client::Builder::new()
            .initial_window_size(WINDOW)
            .initial_connection_window_size(WINDOW)
            .handshake(tcp)
            .await
            .expect("handshake");
        spawn_local(connection);
        for _ in 0..run.settings.streams {
            let (run, client) = (run.clone(), client.clone());
            tasks.push(spawn_local(async move {
                let message = message_of(&run);
                while Instant::now() < run.end {
                    add(&run.tally.due);
                    let began = Instant::now();
                    match timeout(run.timeout, call(client.clone(), request_of(&run), message.clone())).await {
                        Err(_) => add(&run.tally.timeouts),
                        Ok(Ok(status)) => run.tally.answered(status, status == 0, began.elapsed()),
                        Ok(Err(_)) => {
                            add(&run.tally.broken);
                            return;
                        }
                    }
                }
            }));
        }
    }
    for task in tasks {
        task.await.expect("task");
    }
}
