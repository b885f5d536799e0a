//! What became of the requests.
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    time::Duration,
};

/// Latencies in buckets of 1/64 of their power of two: right within 1.6 %.
struct Histogram {
    counts: Vec<u64>,
    total: u64,
    most: u64,
}

const STEPS: u64 = 64;

impl Default for Histogram {
    fn default() -> Self {
        Histogram {
            counts: vec![0; 64 * STEPS as usize],
            total: 0,
            most: 0,
        }
    }
}

impl Histogram {
    fn add(&mut self, nanoseconds: u64) {
        let value = nanoseconds.max(STEPS);
        let power = 63 - value.leading_zeros() as u64;
        let step = (value >> (power - 6)) - STEPS;
        self.counts[(power * STEPS + step) as usize] += 1;
        self.total += 1;
        self.most = self.most.max(nanoseconds);
    }

    fn at_ms(&self, share: f64) -> Option<f64> {
        let wanted = (self.total as f64 * share).ceil().max(1.0) as u64;
        let mut seen = 0;
        for (index, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= wanted {
                let (power, step) = (index as u64 / STEPS, index as u64 % STEPS);
                return Some(((STEPS + step) << (power - 6)) as f64 / 1e6);
            }
        }
        None
    }
}

#[derive(Default)]
pub struct Tally {
    /// Requests that were due.
    pub due: Cell<u64>,
    /// Due, but every connection was busy.
    pub unsent: Cell<u64>,
    pub timeouts: Cell<u64>,
    /// Connections that broke or could not be made.
    pub broken: Cell<u64>,
    /// Good answers that are not the expected one.
    pub wrong: Cell<u64>,
    statuses: RefCell<BTreeMap<u16, u64>>,
    good: RefCell<Histogram>,
    refused: RefCell<Histogram>,
}

pub fn add(cell: &Cell<u64>) {
    cell.set(cell.get() + 1);
}

impl Tally {
    pub fn answered(&self, status: u16, is_good: bool, took: Duration) {
        *self.statuses.borrow_mut().entry(status).or_default() += 1;
        let histogram = if is_good { &self.good } else { &self.refused };
        histogram.borrow_mut().add(took.as_nanos() as u64);
    }

    pub fn summary(&self, seconds: f64) -> serde_json::Value {
        let (good, refused) = (self.good.borrow(), self.refused.borrow());
        serde_json::json!({
            "seconds": seconds,
            "due": self.due.get(),
            "unsent": self.unsent.get(),
            "timeouts": self.timeouts.get(),
            "broken": self.broken.get(),
            "wrong": self.wrong.get(),
            "statuses": *self.statuses.borrow(),
            "good": good.total,
            "requestsPerSecond": good.total as f64 / seconds,
            "p50Ms": good.at_ms(0.5),
            "p99Ms": good.at_ms(0.99),
            "mostMs": good.most as f64 / 1e6,
            "refused": refused.total,
            "refusedP99Ms": refused.at_ms(0.99),
        })
    }
}
