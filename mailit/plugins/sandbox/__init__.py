"""The sandbox: mail that is caught here and never sent."""
