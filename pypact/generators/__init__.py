"""What value goes here?"""
