//! axum with ONNX Runtime: near to what the machine can do.
//! POST /predict {"inputs": [[f32, …], …]} answers {"outputs": [[f32, …], …]}: a model of one matrix.
//! POST /churn {"age": f32, …} answers {"prediction": …, "probabilities": […]}: the churn pipeline, a tensor for each column.
//! Environment: MODEL (.onnx), ORT_DYLIB_PATH (libonnxruntime.so), PORT, WORKERS, OUTPUT (name; the last one by default).
use axum::{
    body::Bytes,
    extract::State,
    http::{header, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
    Router,
};
use ort::{
    session::{builder::GraphOptimizationLevel, Session},
    value::{Tensor, TensorRef},
};
use serde::Deserialize;
use std::{
    io::Write,
    sync::{
        atomic::{AtomicUsize, Ordering},
        Arc, Mutex, MutexGuard,
    },
};

#[global_allocator]
static GLOBAL: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Deserialize)]
struct Req {
    inputs: Vec<Vec<f32>>,
}

#[derive(Deserialize)]
struct Row {
    age: Option<f32>,
    tenure: Option<f32>,
    monthly: Option<f32>,
    total: Option<f32>,
    plan: String,
    region: String,
    payment: String,
}

struct App {
    pool: Vec<Mutex<Session>>,
    next: AtomicUsize,
    input: String,
    output: String,
    width: usize,
}

impl App {
    /// A session that nobody uses, or the next one.
    fn session(&self) -> MutexGuard<'_, Session> {
        let len = self.pool.len();
        let start = self.next.fetch_add(1, Ordering::Relaxed);
        for i in 0..len {
            if let Ok(free) = self.pool[(start + i) % len].try_lock() {
                return free;
            }
        }
        self.pool[start % len].lock().unwrap()
    }
}

fn err(code: StatusCode, m: &str) -> Response {
    (
        code,
        [(header::CONTENT_TYPE, "application/json")],
        format!("{{\"error\":{}}}", serde_json::to_string(m).unwrap()),
    )
        .into_response()
}

async fn predict(State(a): State<Arc<App>>, body: Bytes) -> Response {
    let r: Req = match serde_json::from_slice(&body) {
        Ok(r) => r,
        Err(e) => return err(StatusCode::BAD_REQUEST, &e.to_string()),
    };
    let n = r.inputs.len();
    if n == 0 {
        return err(StatusCode::BAD_REQUEST, "no rows");
    }
    let mut flat = Vec::with_capacity(n * a.width);
    for row in &r.inputs {
        if row.len() != a.width {
            return err(StatusCode::BAD_REQUEST, "bad row width");
        }
        flat.extend_from_slice(row);
    }
    let mut s = a.session();
    let t = match TensorRef::from_array_view(([n, a.width], &flat[..])) {
        Ok(t) => t,
        Err(e) => return err(StatusCode::INTERNAL_SERVER_ERROR, &e.to_string()),
    };
    let out = match s.run(ort::inputs![a.input.as_str() => t]) {
        Ok(o) => o,
        Err(e) => return err(StatusCode::INTERNAL_SERVER_ERROR, &e.to_string()),
    };
    let (shape, data) = match out[a.output.as_str()].try_extract_tensor::<f32>() {
        Ok(x) => x,
        Err(e) => return err(StatusCode::INTERNAL_SERVER_ERROR, &e.to_string()),
    };
    let k = if shape.len() > 1 {
        shape[1] as usize
    } else {
        1
    };
    let mut b = Vec::with_capacity(32 + data.len() * 14);
    b.extend_from_slice(b"{\"outputs\":[");
    for (i, row) in data.chunks(k).enumerate() {
        if i > 0 {
            b.push(b',');
        }
        b.push(b'[');
        for (j, v) in row.iter().enumerate() {
            if j > 0 {
                b.push(b',');
            }
            let _ = write!(b, "{}", v);
        }
        b.push(b']');
    }
    b.extend_from_slice(b"]}");
    ([(header::CONTENT_TYPE, "application/json")], b).into_response()
}

fn one(value: Option<f32>) -> ort::Result<Tensor<f32>> {
    Tensor::from_array(([1usize, 1], vec![value.unwrap_or(f32::NAN)]))
}

fn text(value: String) -> ort::Result<Tensor<String>> {
    Tensor::from_string_array(([1usize, 1], &[value][..]))
}

fn answer(session: &mut Session, row: Row) -> ort::Result<(i64, Vec<f32>)> {
    let out = session.run(ort::inputs![
        "age" => one(row.age)?,
        "tenure" => one(row.tenure)?,
        "monthly" => one(row.monthly)?,
        "total" => one(row.total)?,
        "plan" => text(row.plan)?,
        "region" => text(row.region)?,
        "payment" => text(row.payment)?,
    ])?;
    let (_, labels) = out[0].try_extract_tensor::<i64>()?;
    let (_, probabilities) = out[1].try_extract_tensor::<f32>()?;
    Ok((labels[0], probabilities.to_vec()))
}

async fn churn(State(a): State<Arc<App>>, body: Bytes) -> Response {
    let row: Row = match serde_json::from_slice(&body) {
        Ok(row) => row,
        Err(e) => return err(StatusCode::BAD_REQUEST, &e.to_string()),
    };
    match answer(&mut a.session(), row) {
        Ok((label, p)) => (
            [(header::CONTENT_TYPE, "application/json")],
            format!("{{\"prediction\":{label},\"probabilities\":{p:?}}}"),
        )
            .into_response(),
        Err(e) => err(StatusCode::INTERNAL_SERVER_ERROR, &e.to_string()),
    }
}

fn main() {
    let model = std::env::var("MODEL").expect("MODEL");
    let port = std::env::var("PORT").unwrap_or("18090".into());
    let workers: usize = std::env::var("WORKERS")
        .ok()
        .and_then(|s| s.parse().ok())
        .unwrap_or(2);
    let pool: Vec<_> = (0..workers)
        .map(|_| {
            Session::builder()
                .unwrap()
                .with_intra_threads(1)
                .unwrap()
                .with_inter_threads(1)
                .unwrap()
                .with_optimization_level(GraphOptimizationLevel::Level3)
                .unwrap()
                .commit_from_file(&model)
                .unwrap()
        })
        .collect();
    let input = pool[0].inputs[0].name.clone();
    let width = match &pool[0].inputs[0].input_type {
        ort::value::ValueType::Tensor { shape, .. } => shape[shape.len() - 1].max(1) as usize,
        _ => panic!("tensor input wanted"),
    };
    let output =
        std::env::var("OUTPUT").unwrap_or_else(|_| pool[0].outputs.last().unwrap().name.clone());
    eprintln!("input {input}[{width}] output {output} workers {workers}");
    let app = Arc::new(App {
        pool: pool.into_iter().map(Mutex::new).collect(),
        next: AtomicUsize::new(0),
        input,
        output,
        width,
    });
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(workers)
        .enable_all()
        .build()
        .unwrap()
        .block_on(async move {
            let r = Router::new()
                .route("/predict", post(predict))
                .route("/churn", post(churn))
                .route("/healthz", get(|| async { "ok" }))
                .with_state(app);
            let l = tokio::net::TcpListener::bind(("127.0.0.1", port.parse::<u16>().unwrap()))
                .await
                .unwrap();
            eprintln!("listening {}", l.local_addr().unwrap());
            axum::serve(l, r).await.unwrap();
        });
}
