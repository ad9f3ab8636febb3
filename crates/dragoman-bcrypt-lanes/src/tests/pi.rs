//! π from scratch, so that nobody has to trust the tables.

use crate::pi::{P, S};

/// Words of the fraction that the tables hold.
const WORDS: usize = 18 + 4 * 256;

/// A fixed-point number in base 2³²: one word before the point, the fraction after it, and two
/// words more, which take the rounding errors of some 10,000 divisions.
type Number = Vec<u32>;

fn number(whole: u32) -> Number {
    let mut number = vec![0; 1 + WORDS + 2];
    number[0] = whole;
    number
}

fn divide(number: &mut Number, by: u64) {
    let mut rest = 0;
    for word in number {
        let dividend = rest << 32 | u64::from(*word);
        *word = u32::try_from(dividend / by).unwrap();
        rest = dividend % by;
    }
}

fn add(number: &mut Number, other: &Number) {
    let mut carry = false;
    for (word, other) in number.iter_mut().zip(other).rev() {
        let (sum, first) = word.overflowing_add(*other);
        let (sum, second) = sum.overflowing_add(u32::from(carry));
        (*word, carry) = (sum, first || second);
    }
}

fn subtract(number: &mut Number, other: &Number) {
    let mut borrow = false;
    for (word, other) in number.iter_mut().zip(other).rev() {
        let (difference, first) = word.overflowing_sub(*other);
        let (difference, second) = difference.overflowing_sub(u32::from(borrow));
        (*word, borrow) = (difference, first || second);
    }
}

/// `factor` · arctan(1/x), by the series 1/x − 1/3x³ + 1/5x⁵ − …
fn arctan(factor: u32, x: u64) -> Number {
    let mut power = number(factor);
    divide(&mut power, x);
    let mut sum = power.clone();
    for odd in (3..).step_by(2) {
        divide(&mut power, x * x);
        if power.iter().all(|word| *word == 0) {
            break;
        }
        let mut term = power.clone();
        divide(&mut term, odd);
        if odd % 4 == 3 { subtract(&mut sum, &term) } else { add(&mut sum, &term) }
    }
    sum
}

#[test]
fn the_tables_are_the_fraction_of_pi() {
    // Machin's formula of 1706.
    let mut pi = arctan(16, 5);
    subtract(&mut pi, &arctan(4, 239));
    assert_eq!(pi[0], 3);
    let tables: Vec<u32> = P.into_iter().chain(S.into_iter().flatten()).collect();
    assert_eq!(tables, pi[1..=WORDS]);
}
