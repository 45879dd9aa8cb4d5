//! Reads `catalog/aws.catalog`, the packed file that `catalog/update` writes and describes.
//!
//! [`Archive::parse`] looks at the fixed-size head alone; a chunk is unpacked when one of its types is asked for.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Mutex;

use serde::Deserialize;
use thiserror::Error;

use crate::model::Json;

const MAGIC: &[u8; 8] = b"stackcat";
const FORMAT: u32 = 1;
const HEAD: usize = 24;
const TYPE_RECORD: usize = 8;
const CHUNK_RECORD: usize = 8;
/// Unpacked chunks that are kept: a blueprint's types come in runs of one service.
const KEPT_CHUNKS: usize = 4;

/// A packed file of schemas.
pub(super) struct Archive {
    data: Cow<'static, [u8]>,
    types: usize,
    chunks: usize,
    names: usize,
    recent: Mutex<Vec<(usize, std::sync::Arc<[u8]>)>>,
}

/// A file that is not a catalog of this version.
#[derive(Debug, Error)]
pub enum ArchiveError {
    /// The head is not that of a catalog.
    #[error("this is not a catalog file of format {FORMAT}; `catalog/update` writes one")]
    Head,
    /// It ends too early or points outside of itself.
    #[error("the catalog file is damaged; `catalog/update` writes it anew")]
    Damaged,
}

/// What the file says of itself and of AWS's regions (chunk 0).
#[derive(Debug, Deserialize)]
pub(super) struct Head {
    /// Where the data comes from, with its licence.
    pub source: String,
    /// All regions' codes, sorted.
    pub regions: Vec<String>,
    /// By region, the types it lacks: a bitset over the sorted names, in hexadecimal.
    pub absent: BTreeMap<String, Bits>,
}

/// A set of small numbers, written in hexadecimal; bit 0 of byte 0 is the first.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Bits(Box<[u8]>);

impl Bits {
    /// Whether the number is in the set.
    pub fn contains(&self, index: usize) -> bool {
        self.0.get(index / 8).is_some_and(|byte| byte & (1 << (index % 8)) != 0)
    }
}

impl TryFrom<String> for Bits {
    type Error = std::num::ParseIntError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        (0..text.len() / 2)
            .map(|at| u8::from_str_radix(text.get(at * 2..at * 2 + 2).unwrap_or("?"), 16))
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl Archive {
    /// Checks the head and the lengths; unpacks nothing.
    pub fn parse(data: Cow<'static, [u8]>) -> Result<Self, ArchiveError> {
        if data.get(..8) != Some(MAGIC) || number(&data, 8) != Some(FORMAT as usize) {
            return Err(ArchiveError::Head);
        }
        let field = |at| number(&data, at).ok_or(ArchiveError::Damaged);
        let (types, chunks, names) = (field(12)?, field(16)?, field(20)?);
        let archive = Self { data, types, chunks, names, recent: Mutex::new(Vec::new()) };
        let end = archive.chunk_end(chunks.checked_sub(1).ok_or(ArchiveError::Damaged)?);
        let whole = end.map(|end| archive.chunks_begin() + end);
        if whole == Some(archive.data.len()) { Ok(archive) } else { Err(ArchiveError::Damaged) }
    }

    /// How many types there are.
    pub fn len(&self) -> usize {
        self.types
    }

    /// The name of a type by its position in the sorted list.
    pub fn name(&self, index: usize) -> &str {
        let begin = index.checked_sub(1).map_or(Some(0), |before| self.name_end(before));
        let names = self.names_begin();
        begin
            .zip(self.name_end(index))
            .and_then(|(begin, end)| self.data.get(names + begin..names + end))
            .and_then(|name| std::str::from_utf8(name).ok())
            .unwrap_or_default()
    }

    /// The position of a name in the sorted list.
    pub fn position(&self, name: &str) -> Option<usize> {
        let (mut low, mut high) = (0, self.types);
        while low < high {
            let middle = low.midpoint(high);
            match self.name(middle).cmp(name) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return Some(middle),
            }
        }
        None
    }

    /// What the file says of itself.
    pub fn head(&self) -> Result<Head, ArchiveError> {
        serde_json::from_slice(&self.chunk(0)?).map_err(|_| ArchiveError::Damaged)
    }

    /// A type's schema by its position.
    pub fn schema(&self, index: usize) -> Result<Json, ArchiveError> {
        let record = HEAD + index * TYPE_RECORD;
        let short = |at: usize| {
            let bytes = self.data.get(at..at + 2)?;
            Some(usize::from(u16::from_le_bytes([bytes[0], bytes[1]])))
        };
        let place = short(record + 4).zip(short(record + 6));
        let (chunk, line) = place.ok_or(ArchiveError::Damaged)?;
        let chunk = self.chunk(chunk)?;
        let line = chunk.split(|byte| *byte == b'\n').nth(line).ok_or(ArchiveError::Damaged)?;
        serde_json::from_slice(line).map_err(|_| ArchiveError::Damaged)
    }

    /// A chunk, unpacked now or a moment ago.
    fn chunk(&self, index: usize) -> Result<std::sync::Arc<[u8]>, ArchiveError> {
        let mut recent = self.recent.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(at) = recent.iter().position(|(kept, _)| *kept == index) {
            let hit = recent.remove(at);
            let chunk = hit.1.clone();
            recent.push(hit);
            return Ok(chunk);
        }
        let chunk: std::sync::Arc<[u8]> = self.unpack(index).ok_or(ArchiveError::Damaged)?.into();
        if recent.len() == KEPT_CHUNKS {
            recent.remove(0);
        }
        recent.push((index, chunk.clone()));
        Ok(chunk)
    }

    fn unpack(&self, index: usize) -> Option<Vec<u8>> {
        let begin = index.checked_sub(1).map_or(Some(0), |before| self.chunk_end(before))?;
        let base = self.chunks_begin();
        let frame = self.data.get(base + begin..base + self.chunk_end(index)?)?;
        let length = number(&self.data, self.chunk_record(index) + 4)?;
        zstd::bulk::decompress(frame, length).ok()
    }

    fn name_end(&self, index: usize) -> Option<usize> {
        number(&self.data, HEAD + index * TYPE_RECORD)
    }

    fn chunk_record(&self, index: usize) -> usize {
        HEAD + self.types * TYPE_RECORD + index * CHUNK_RECORD
    }

    fn chunk_end(&self, index: usize) -> Option<usize> {
        number(&self.data, self.chunk_record(index))
    }

    fn names_begin(&self) -> usize {
        self.chunk_record(self.chunks)
    }

    fn chunks_begin(&self) -> usize {
        self.names_begin() + self.names
    }
}

/// The 32-bit number at an offset.
fn number(data: &[u8], at: usize) -> Option<usize> {
    let bytes: [u8; 4] = data.get(at..at.checked_add(4)?)?.try_into().ok()?;
    usize::try_from(u32::from_le_bytes(bytes)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_catalog_is_refused() {
        for data in
            [&b""[..], b"stackcat", b"stackcat\x02\0\0\0", b"stackcat\x01\0\0\0\x01\0\0\0\x01\0\0\0\0\0\0\0"]
        {
            assert!(Archive::parse(Cow::Borrowed(data)).is_err(), "{data:?}");
        }
    }

    #[test]
    fn a_file_cut_short_is_damaged() {
        let whole = super::super::DATA;
        let cut = Archive::parse(Cow::Borrowed(&whole[..whole.len() - 1]));
        assert!(matches!(cut, Err(ArchiveError::Damaged)));
    }

    #[test]
    fn bits_are_read_from_the_first_byte_up() {
        let bits = Bits::try_from("0180".to_owned()).unwrap();
        let members: Vec<usize> = (0..20).filter(|index| bits.contains(*index)).collect();
        assert_eq!(members, [0, 15]);
    }
}
