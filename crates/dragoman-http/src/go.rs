//! JSON as programs read and write it whose language is Go: the bytes of its encoder
//! ([`to_string`]), and what its decoder accepts, prefers and complains of ([`Value`]).

mod complaint;
mod decode;
mod encode;
mod value;

pub use complaint::quote;
pub use decode::Object;
pub use encode::to_string;
pub use value::Value;

/// What is wrong with a JSON text, in the words of Go's decoder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error(String);

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}
