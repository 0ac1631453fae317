"""What the model must agree with: facts about real markets, and how far simulated ones stand from them."""
