//! How many hashes a thread makes with 1 to 4 lanes, against the `bcrypt` crate.
//!
//! `cargo run --release -p dragoman-bcrypt-lanes --example throughput [cost] [rounds]`
//!
//! Absolute figures move with the machine's other work, so all five are measured in turn, several
//! times over, by the CPU time of the thread, and what is printed are ratios: median, least, most.
#![expect(clippy::print_stdout, reason = "an example shows its result")]

use std::{fs, hint::black_box, time::Instant};

use dragoman_bcrypt_lanes::{Cost, CostOutOfRange, Job, LANES, bcrypt};

const PASSWORD: &[u8] = b"correct horse battery staple";
const SALT: [u8; 16] = *b"sixteen bytes...";

fn main() -> Result<(), CostOutOfRange> {
    let mut arguments = std::env::args().skip(1).map_while(|argument| argument.parse::<u32>().ok());
    let cost = Cost::new(arguments.next().unwrap_or(10))?;
    let rounds = arguments.next().unwrap_or(7).max(5);
    // About a third of a second for each measurement, which makes the clock's steps small.
    let batches = (6 << 10_u32.saturating_sub(cost.get())).max(1);
    let mut ratios = [const { Vec::new() }; LANES];
    for _ in 0..rounds {
        let crate_alone = seconds(batches, || black_box(theirs(cost)));
        for (lanes, ratios) in (1_u32..).zip(&mut ratios) {
            let batch = seconds(batches, || black_box(ours(cost, lanes)));
            ratios.push(crate_alone * f64::from(lanes) / batch);
        }
        println!("bcrypt crate: {:.2} hashes per CPU second", 1.0 / crate_alone);
    }
    println!("\nlanes  hashes per CPU second / those of the bcrypt crate, cost {}", cost.get());
    for (lanes, mut ratios) in (1..).zip(ratios) {
        ratios.sort_by(f64::total_cmp);
        if let (Some(median), [least, .., most]) = (ratios.get(ratios.len() / 2), ratios.as_slice()) {
            println!("{lanes}      {median:.2}  ({least:.2} to {most:.2})");
        }
    }
    Ok(())
}

fn theirs(cost: Cost) -> [u8; 24] {
    let mut password = PASSWORD.to_vec();
    password.push(0);
    ::bcrypt::bcrypt(cost.get(), SALT, &password)
}

fn ours(cost: Cost, lanes: u32) -> usize {
    let jobs: Vec<_> = (0..lanes).map(|_| Job { password: PASSWORD, salt: SALT, cost }).collect();
    black_box(bcrypt(&jobs)).len()
}

/// What one call takes, on the average of several.
fn seconds<T>(calls: u32, call: impl Fn() -> T) -> f64 {
    let (wall, cpu) = (Instant::now(), cpu_seconds());
    for _ in 0..calls {
        black_box(call());
    }
    let spent = match (cpu, cpu_seconds()) {
        (Some(before), Some(after)) => after - before,
        _ => wall.elapsed().as_secs_f64(),
    };
    spent / f64::from(calls)
}

/// CPU time of this thread so far, where the system tells it.
fn cpu_seconds() -> Option<f64> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds: f64 = text.split(' ').next()?.parse().ok()?;
    Some(nanoseconds / 1e9)
}
