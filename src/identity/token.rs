//! Client tokens: what makes a repeated create the same request.

use serde_json::json;

use crate::model::{Address, Digest, StackName, Token};

/// The token of a create: 32 hexadecimal digits over stack, address, create-only properties and the number of
/// applies that the ledger has seen end.
///
/// A retry after a crash has the same; a re-creation after a delete has another, since AWS remembers tokens for
/// hours and would hand the deleted resource back.
pub fn token(stack: &StackName, address: &Address, create_only: Digest, applies: u64) -> Token {
    let of = json!([stack.as_str(), address.as_str(), create_only, applies]);
    Token::new(Digest::of_json(&of).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retry_is_the_same_request_and_a_new_apply_is_not() {
        let (stack, address) = (StackName::new("shop"), Address::new("eu-west-1", "net.vpc", None));
        let digest = Digest::of(b"10.0.0.0/16");
        assert_eq!(token(&stack, &address, digest, 3), token(&stack, &address, digest, 3));
        assert_ne!(token(&stack, &address, digest, 3), token(&stack, &address, digest, 4));
        assert_ne!(token(&stack, &address, digest, 3), token(&stack, &address, Digest::of(b""), 3));
        assert_ne!(token(&stack, &address, digest, 3), token(&StackName::new("b"), &address, digest, 3));
        assert!(token(&stack, &address, digest, 3).as_str().len() <= 64);
    }
}
