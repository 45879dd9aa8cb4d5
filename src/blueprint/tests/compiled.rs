//! What blueprints compile to.
