//! An address as the value of a tag.
//!
//! Services differ in what a tag's value may hold. All of them take letters, digits, spaces and `+ - = . _ : / @`, up to 256
//! of them; IAM, for one, takes nothing else. Brackets are not among these, and a key may hold any text. So a key
//! stands between `@`s, the last of which is left out at the end, and whatever else is not allowed is written as `=` and
//! its two hexadecimal digits, byte by byte: `network.publicSubnet[a]` becomes `network.publicSubnet@a`.

use std::fmt::Write;

use super::{Address, AddressError};

/// The longest value that all services take.
pub const LONGEST_TAG: usize = 256;

impl Address {
    /// The value of the tag `stackctl:address`.
    pub fn to_tag(&self) -> String {
        let mut tag = String::with_capacity(self.as_str().len() + 2);
        let mut in_key = false;
        for byte in self.as_str().bytes() {
            match byte {
                b'[' if !in_key => in_key = true,
                b']' if in_key => in_key = false,
                byte if is_plain(byte) => {
                    tag.push(char::from(byte));
                    continue;
                }
                byte => {
                    // Writing to a text can't fail.
                    let _ = write!(tag, "={byte:02X}");
                    continue;
                }
            }
            tag.push('@');
        }
        if !in_key && tag.ends_with('@') {
            tag.pop();
        }
        tag
    }

    /// Reads the value of the tag; the plain address, brackets and all, will do too.
    ///
    /// # Errors
    /// When it is no address.
    pub fn from_tag(tag: &str) -> Result<Self, AddressError> {
        if tag.contains('[') {
            return tag.parse();
        }
        let fail = || AddressError { text: tag.to_owned(), reason: "it is no text written for a tag" };
        let mut bytes = Vec::with_capacity(tag.len() + 1);
        let mut in_key = false;
        let mut rest = tag.bytes();
        while let Some(byte) = rest.next() {
            bytes.push(match byte {
                b'@' => {
                    in_key = !in_key;
                    if in_key { b'[' } else { b']' }
                }
                b'=' => {
                    let digits = rest.next().and_then(digit).zip(rest.next().and_then(digit));
                    let (high, low) = digits.ok_or_else(fail)?;
                    high << 4 | low
                }
                byte => byte,
            });
        }
        if in_key {
            bytes.push(b']');
        }
        String::from_utf8(bytes).map_err(|_| fail())?.parse()
    }
}

/// What stands for itself: allowed by all services, and no mark of this encoding. A space is allowed too, but some
/// services trim it.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+-._:/".contains(&byte)
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn address(text: &str) -> Address {
        text.parse().unwrap()
    }

    #[test]
    fn common_addresses_stay_readable() {
        for (plain, tag) in [
            ("us-east-1/network.vpc", "us-east-1/network.vpc"),
            ("us-east-1/network.publicSubnet[a]", "us-east-1/network.publicSubnet@a"),
            ("eu-west-1/web[10.0.0.0/8].rule[a.b]", "eu-west-1/web@10.0.0.0/8@.rule@a.b"),
            ("global/record[*.shop.example]", "global/record@=2A.shop.example"),
            ("global/user[a@b=c d]", "global/user@a=40b=3Dc=20d"),
            ("global/user[é]", "global/user@=C3=A9"),
            ("global/user[]", "global/user@"),
        ] {
            assert_eq!(address(plain).to_tag(), tag);
            assert_eq!(Address::from_tag(tag), Ok(address(plain)));
        }
    }

    #[test]
    fn the_plain_address_is_read_too() {
        let plain = "us-east-1/network.publicSubnet[a@b]";
        assert_eq!(Address::from_tag(plain), Ok(address(plain)));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for tag in ["", "vpc", "global/a=4", "global/a=XY", "global/a=FF", "us-east-1/a[b"] {
            assert!(Address::from_tag(tag).is_err(), "{tag}");
        }
    }

    proptest! {
        #[test]
        fn every_key_comes_back_and_every_service_takes_it(one in ".*", other in "[^\\[\\]]{0,8}") {
            let text = format!("eu-west-1/web[{other}].rule[{one}]");
            let Ok(plain) = text.parse::<Address>() else { return Ok(()) };
            let tag = plain.to_tag();
            prop_assert!(tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-=._:/@".contains(&byte)), "{tag}");
            prop_assert_eq!(Address::from_tag(&tag), Ok(plain));
        }
    }
}
