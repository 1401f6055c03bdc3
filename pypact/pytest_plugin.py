"""What does pypact add to pytest?"""
