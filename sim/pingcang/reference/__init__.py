"""The same day in plain Python, one Mesa agent an account: the executable specification of the engine."""
