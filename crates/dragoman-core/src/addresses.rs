//! Addresses derived for users from an account-level extended public key (BIP-32).
//!
//! The gateway holds no private key and so can show addresses, but spend nothing.

use bech32::{Bech32, Hrp};
use bip32::{ChildNumber, ExtendedKey, Prefix, XPub};
use ripemd::Ripemd160;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{Error, Result};

/// How deep an account's key lies: purpose, coin type, account (BIP-44).
const ACCOUNT_DEPTH: u8 = 3;

/// From which keys addresses are derived.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AddressSettings {
    /// The extended public key of an account (`xpub…`, path m/44'/118'/0'), for the chain `akash`.
    pub akash_xpub: Option<String>,
}

/// Derives each user's address on one chain.
#[derive(Clone)]
pub(crate) struct Deriver {
    pub(crate) chain: &'static str,
    hrp: Hrp,
    /// The external chain below the account, `…/0`.
    external: XPub,
}

impl Deriver {
    pub(crate) fn from_settings(settings: &AddressSettings) -> Result<Option<Self>> {
        settings.akash_xpub.as_deref().map(|xpub| Self::new("akash", xpub)).transpose()
    }

    fn new(chain: &'static str, xpub: &str) -> Result<Self> {
        let unusable = |reason: String| Error::storage(format!("addresses.{chain}_xpub: {reason}"));
        let key: ExtendedKey = xpub.parse().map_err(|error: bip32::Error| unusable(error.to_string()))?;
        if key.prefix != Prefix::XPUB || key.attrs.depth != ACCOUNT_DEPTH {
            return Err(unusable("not the extended public key (xpub…) of an account".into()));
        }
        let account = XPub::try_from(key).map_err(|error| unusable(error.to_string()))?;
        let external = account.derive_child(ChildNumber(0)).map_err(|error| unusable(error.to_string()))?;
        let hrp = Hrp::parse(chain).map_err(|error| unusable(error.to_string()))?;
        Ok(Self { chain, hrp, external })
    }

    /// The address with this number; `None` where the number is no index of BIP-32.
    pub(crate) fn address(&self, number: i64) -> Option<String> {
        let index = u32::try_from(number).ok()?;
        let child = ChildNumber::new(index, false).ok()?;
        let key = self.external.derive_child(child).ok()?;
        let digest = Ripemd160::digest(Sha256::digest(key.to_bytes()));
        bech32::encode::<Bech32>(self.hrp, &digest).ok()
    }
}
