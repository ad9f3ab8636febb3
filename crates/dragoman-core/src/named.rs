//! Words of closed sets: they stand in stored rows, in the log and in scripts, and are for ever the same.

/// An enum each of whose variants has a word.
macro_rules! named {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$doc])* $variant,)+ }

        impl $name {
            /// All of them, in their order.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The word for it, for ever the same.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;

            fn from_str(word: &str) -> Result<Self, String> {
                let known = || Self::ALL.iter().map(|one| one.name()).collect::<Vec<_>>().join(", ");
                let found = Self::ALL.iter().copied().find(|one| one.name() == word);
                found.ok_or_else(|| format!("known are {}", known()))
            }
        }
    };
}

pub(crate) use named;
