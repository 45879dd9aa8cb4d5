//! What a misspelt name was meant to be, in words.

/// The one of `known` that `name` was probably meant to be.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    known
        .into_iter()
        .map(|candidate| (strsim::osa_distance(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| {
            let length = name.len().max(candidate.len());
            *distance <= 1 + length / 4 && *distance < length
        })
        .min()
        .map(|(_, candidate)| candidate)
}

/// ``did you mean `name`?``, or the choices where none is near and they are few.
pub fn suggestion<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let mut known: Vec<&str> = known.into_iter().collect();
    // Some come out of a hash map, and messages are the same each time.
    known.sort_unstable();
    if let Some(near) = nearest(name, known.iter().copied()) {
        return Some(format!("did you mean `{near}`?"));
    }
    (1..=12).contains(&known.len()).then(|| format!("it can be {}", list_of(&known)))
}

/// `` `a`, `b` or `c` ``.
pub fn list_of(names: &[&str]) -> String {
    match names {
        [] => "nothing".to_owned(),
        [one] => format!("`{one}`"),
        [first @ .., last] => {
            let first: Vec<_> = first.iter().map(|name| format!("`{name}`")).collect();
            format!("{} or `{last}`", first.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_near() {
        assert_eq!(nearest("CidrBlok", ["CidrBlock", "VpcId"]), Some("CidrBlock"));
        assert_eq!(nearest("vpcid", ["CidrBlock", "VpcId"]), Some("VpcId"));
        assert_eq!(nearest("zzz", ["CidrBlock", "VpcId"]), None);
        assert_eq!(nearest("c", ["a", "b"]), None);
    }
}
