"""Use cases of commissions: their steps, what is shown, and what follows from the payment."""
