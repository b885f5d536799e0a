//! HTTP/1.1 with one request at a time on a connection.
use crate::{tally::add, Run};
use std::{cell::RefCell, io, rc::Rc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::spawn_local,
    time::{sleep, timeout, Instant},
};

struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// What is sent, in turn.
fn requests_of(run: &Run) -> Rc<[Vec<u8>]> {
    run.settings.paths.iter().map(|path| request_of(run, path)).collect()
}

fn request_of(run: &Run, path: &str) -> Vec<u8> {
    let settings = &run.settings;
    let mut head = format!(
        "POST {} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Length: {}\r\n",
        path,
        settings.port,
        settings.body.len()
    );
    for (name, value) in &settings.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    format!("{head}\r\n{}", settings.body).into_bytes()
}

async fn connect(run: &Run) -> io::Result<Connection> {
    let stream = TcpStream::connect(("127.0.0.1", run.settings.port)).await?;
    stream.set_nodelay(true)?;
    Ok(Connection {
        stream,
        buffer: Vec::with_capacity(4096),
    })
}

/// Status, whether the connection may be used again, and where the body begins in the buffer.
async fn exchange(connection: &mut Connection, request: &[u8]) -> io::Result<(u16, bool, usize)> {
    let Connection { stream, buffer } = connection;
    buffer.clear();
    stream.write_all(request).await?;
    let mut whole: Option<(usize, usize, bool)> = None;
    loop {
        if stream.read_buf(buffer).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if whole.is_none() {
            whole = head_of(buffer);
        }
        let Some((start, length, is_open)) = whole else {
            continue;
        };
        if buffer.len() >= start + length {
            let status = std::str::from_utf8(&buffer[9..12]).ok().and_then(|text| text.parse().ok());
            return Ok((status.unwrap_or(0), is_open, start));
        }
    }
}

fn head_of(buffer: &[u8]) -> Option<(usize, usize, bool)> {
    let end = buffer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&buffer[..end]).unwrap_or("").to_ascii_lowercase();
    let value = |name: &str| {
        head.split("\r\n")
            .find_map(|line| line.strip_prefix(name))
            .map(str::trim)
    };
    let length = value("content-length:").and_then(|text| text.parse().ok()).unwrap_or(0);
    Some((end + 4, length, value("connection:") != Some("close")))
}

/// One request, told to the tally; the connection, if it may be used again.
async fn ask(run: &Run, request: &[u8], due: Instant, idle: Option<Connection>) -> Option<Connection> {
    let whole = async {
        let mut connection = match idle {
            Some(connection) => connection,
            None => connect(run).await?,
        };
        let answer = exchange(&mut connection, request).await?;
        Ok::<_, io::Error>((connection, answer))
    };
    match timeout(run.timeout, whole).await {
        Err(_) => add(&run.tally.timeouts),
        Ok(Err(_)) => add(&run.tally.broken),
        Ok(Ok((connection, (status, is_open, start)))) => {
            let is_good = (200..300).contains(&status);
            run.tally.answered(status, is_good, due.elapsed());
            if let Some(expected) = &run.settings.expect {
                if is_good && &connection.buffer[start..] != expected.as_bytes() {
                    add(&run.tally.wrong);
                }
            }
            return is_open.then_some(connection);
        }
    }
    None
}

pub async fn closed(run: &Rc<Run>) {
    let requests = requests_of(run);
    let tasks: Vec<_> = (0..run.settings.connections)
        .map(|_| {
            let (run, requests) = (run.clone(), requests.clone());
            spawn_local(async move {
                let mut connection = None;
                while Instant::now() < run.end {
                    let request = &requests[run.tally.due.get() as usize % requests.len()];
                    add(&run.tally.due);
                    connection = ask(&run, request, Instant::now(), connection.take()).await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("task");
    }
}

pub async fn open(run: &Rc<Run>, rate: f64) {
    let requests = requests_of(run);
    let idle: Rc<RefCell<Vec<Connection>>> = Default::default();
    let busy = Rc::new(std::cell::Cell::new(0usize));
    // Clients that keep their connections: one after the other, each answered once.
    while idle.borrow().len() < run.settings.warm {
        let mut connection = connect(run).await.expect("connection");
        exchange(&mut connection, &requests[0]).await.expect("answer");
        idle.borrow_mut().push(connection);
    }
    let began = Instant::now();
    let mut sent = 0u64;
    let end = began + Duration::from_secs_f64(run.settings.seconds);
    while Instant::now() < end {
        let wanted = (began.elapsed().as_secs_f64() * rate) as u64;
        while sent < wanted {
            let due = began + Duration::from_secs_f64(sent as f64 / rate);
            sent += 1;
            add(&run.tally.due);
            if busy.get() >= run.settings.connections {
                add(&run.tally.unsent);
                continue;
            }
            busy.set(busy.get() + 1);
            let connection = idle.borrow_mut().pop();
            let (run, requests, idle, busy) = (run.clone(), requests.clone(), idle.clone(), busy.clone());
            spawn_local(async move {
                let request = &requests[sent as usize % requests.len()];
                let left = ask(&run, request, due, connection).await;
                busy.set(busy.get() - 1);
                idle.borrow_mut().extend(left);
            });
        }
        sleep(Duration::from_millis(1)).await;
    }
    while busy.get() > 0 {
        sleep(Duration::from_millis(1)).await;
    }
}
