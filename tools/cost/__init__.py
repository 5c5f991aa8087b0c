"""`make cost`: what each environment on EC2 costs a month at list price, and docs/cost.md."""
