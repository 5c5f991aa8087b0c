"""The certificate and key that nginx serves: checked, put in their place without a reload, and seen to be served."""
