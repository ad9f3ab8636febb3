//! Tells Cargo what the binary embeds beside its sources, and lays the viewer of the OpenAPI documents ready.

use std::error::Error;
use std::io::{Cursor, Read as _};
use std::path::Path;
use std::{env, fs};

use utoipa_swagger_ui_vendored::SWAGGER_UI_VENDORED;
use zip::{CompressionMethod, ZipArchive};

/// What is embedded of the viewer.
const VIEWER: [&str; 4] = ["index.css", "swagger-ui.css", "swagger-ui-bundle.js", "swagger-ui-standalone-preset.js"];

fn main() -> Result<(), Box<dyn Error>> {
    // A new file in a folder that is embedded would not be noticed otherwise.
    println!("cargo::rerun-if-changed=../../dialects");
    println!("cargo::rerun-if-changed=build.rs");
    let folder = Path::new(&env::var("OUT_DIR")?).join("viewer");
    fs::create_dir_all(&folder)?;
    let mut archive = ZipArchive::new(Cursor::new(SWAGGER_UI_VENDORED))?;
    for name in VIEWER {
        fs::write(folder.join(format!("{name}.gz")), gzip(&mut archive, &format!("/dist/{name}"))?)?;
    }
    Ok(())
}

/// The file of the archive whose path ends so, as gzip (RFC 1952): what is deflated already only gets another frame.
fn gzip(archive: &mut ZipArchive<Cursor<&[u8]>>, end: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    let ends = |name: &[u8]| name.ends_with(end.as_bytes());
    let index = archive.file_names_raw().position(ends).ok_or_else(|| format!("the viewer has no {end}"))?;
    let mut file = archive.by_index_raw(index)?;
    if file.compression() != CompressionMethod::DEFLATE {
        return Err(format!("{end} is not deflated").into());
    }
    let (checksum, size) = (file.crc32(), u32::try_from(file.size())?);
    // No flags, no time, an unknown system.
    let mut gzip = b"\x1f\x8b\x08\0\0\0\0\0\0\xff".to_vec();
    file.read_to_end(&mut gzip)?;
    gzip.extend(checksum.to_le_bytes());
    gzip.extend(size.to_le_bytes());
    Ok(gzip)
}
